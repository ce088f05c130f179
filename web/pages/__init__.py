"""Pages: thin controllers, one noun each, over the views and templates."""
