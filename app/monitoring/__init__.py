"""The queue, for those who run it: its health, numbers and metrics; pausing, cancelling and retrying."""
