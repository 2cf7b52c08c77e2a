"""One module per stack; `deploy.app` says which stands on which. A reviewer can read each by itself."""
