"""What the server's REST routes take and answer, as OpenAPI (3.1), and the page that shows it."""
