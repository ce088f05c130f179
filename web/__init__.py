"""HTTP and HTML: pages, live streams and the composition root. May import app, never workers."""
