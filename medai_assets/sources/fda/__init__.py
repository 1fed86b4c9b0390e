"""openFDA drug labels."""
