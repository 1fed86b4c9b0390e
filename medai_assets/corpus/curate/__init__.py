"""All sources together: withdrawn, duplicate, contaminated and unlicensed passages taken out."""
