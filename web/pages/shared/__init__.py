"""What the pages share: values for templates, answers, forms."""
