"""What things are and what follows from them: frozen values and pure functions, standard library and python-stdnum only."""
