"""An OpenID provider where one signs in by choosing a persona."""
