"""What a laptop needs beside the product: the databases, the demo school and the demo model."""
