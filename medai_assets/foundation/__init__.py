"""What every room stands on: schemas, vocabularies, slices, files that appear whole, the sample kit. Knows no other room."""
