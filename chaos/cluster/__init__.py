"""Three RabbitMQ nodes on one host, killed, cut off and restarted while videos flow."""
