"""`python -m bridgewatch` is `bridgewatch`."""

from bridgewatch.cli.main import main

if __name__ == "__main__":
    main()
