"""The exported service and batch scoring."""
