"""How we say to a platform who we are, outside the body of a question. What is said inside, the dialect says (soap.py)."""
