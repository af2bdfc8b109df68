/* floor_client ADDR PORT: no more than a client must do: ask, receive, print. */
#include <unistd.h>

#include "bench.h"

int main(int argc, char **argv)
{
	char text[1024];

	if (argc != 3)
		errx(2, "usage: floor_client ADDR PORT");
	struct sockaddr_in to = endpoint(argv[1], argv[2]);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (sendto(fd, PROBE, sizeof PROBE - 1, 0, (struct sockaddr *)&to,
		    sizeof to) < 0)
		err(3, "send");
	ssize_t n = recv(fd, text, sizeof text - 1, 0);
	if (n < 0)
		err(3, "receive");
	text[n++] = '\n';
	return write(STDOUT_FILENO, text, (size_t)n) == n ? 0 : 3;
}
