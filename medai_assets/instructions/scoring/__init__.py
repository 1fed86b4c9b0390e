"""How a model's answer is scored: what it says, by stated patterns, and the types in which a kind states its score.

Knows answers, references and labels; nothing of models, and nothing of rules.
"""
