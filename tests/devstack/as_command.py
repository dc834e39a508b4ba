"""`python -m tests.devstack.as_command`: the command `payments`, also where it is not installed."""

from cli.app import main

if __name__ == "__main__":
    main()
