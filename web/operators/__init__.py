"""What operators see: for now, whether the server lives and whether it is ready."""
