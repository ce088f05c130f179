"""The screen: what a teacher must see in a comment, found by patterns of who does what to whom."""
