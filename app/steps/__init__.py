"""One direct script per wizard screen: widgets in, one workflow call out."""
