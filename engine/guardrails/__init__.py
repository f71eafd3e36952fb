"""What ruins models, caught before training."""
