"""What is remembered: frozen values in, frozen values out, one transaction each."""
