"""MedQuAD's question-answer pairs."""
