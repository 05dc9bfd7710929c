"""The demo: real trainings on scikit-learn's digits, logged through the client over HTTP. No models of its own."""
