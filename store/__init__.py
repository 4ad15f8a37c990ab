"""What is kept: models, migrations, queries, sealing. Models never leave; domain values do."""
