"""How questions and answers are worded; no module here knows a kind's rules."""
