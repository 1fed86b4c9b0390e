"""What a data set and its models are made of, for those who answer for them: bills of materials and the public summary."""
