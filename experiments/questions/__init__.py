"""Research questions of the papers: small experiments, and answers in words that follow them."""
