"""What every module stands on and no domain owns."""
