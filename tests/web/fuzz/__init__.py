"""The API, as its own description has it, called by every role with whatever fits that description or not."""
