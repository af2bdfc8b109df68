/* Whatever a user gives as --user and whatever /etc/passwd and /etc/group hold: he
 * is found where a line says so, as a look at each line finds him; what is found
 * are numbers that setresuid(2) and setresgid(2) take for themselves, and none is
 * found that nobody gave. NULs part the three texts. */
#include "fuzz.h"

#include "core/account.h"

/* A number of an account; -1 where it is none. */
static int64_t read_id(struct slice text)
{
	int64_t number = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return -1;
		number = 10 * number + (text.at[i] - '0');
		if (number >= UINT32_MAX)
			return -1;
	}
	return text.len ? number : -1;
}

static size_t length_to(struct slice text, char end)
{
	const char *found = text.len ? memchr(text.at, end, text.len) : NULL;

	return found ? (size_t)(found - text.at) : text.len;
}

static struct slice skip(struct slice text, size_t len)
{
	return len < text.len ? (struct slice){text.at + len, text.len - len}
			      : (struct slice){"", 0};
}

/* The field AT of LINE, "" where it has less. */
static struct slice field_of(struct slice line, int at)
{
	for (; at > 0; at--)
		line = skip(line, length_to(line, ':') + 1);
	line.len = length_to(line, ':');
	return line;
}

/* The first line whose field AT is TEXT and whose third one is a number. */
static bool find(
	struct slice file, int at, struct slice text, struct slice *line)
{
	for (; file.len > 0; file = skip(file, line->len + 1)) {
		*line = (struct slice){file.at, length_to(file, '\n')};
		if (slice_equal(field_of(*line, at), text) &&
			read_id(field_of(*line, 2)) >= 0)
			return true;
	}
	return false;
}

/* The same as account_find, told in another way. */
static enum account_fault look(struct slice text, struct slice passwd,
	struct slice group, struct account *account)
{
	size_t len = length_to(text, ':');
	struct slice user = {text.at, len}, name = skip(text, len + 1);
	struct slice line = {"", 0};
	int64_t uid = read_id(user), gid = uid;

	if (len == 0 || len + 1 == text.len)
		return ACCOUNT_BAD;
	if (find(passwd, uid < 0 ? 0 : 2, user, &line)) {
		uid = read_id(field_of(line, 2));
		gid = read_id(field_of(line, 3));
	}
	if (uid < 0 || gid < 0)
		return ACCOUNT_NO_USER;
	if (len < text.len)
		gid = read_id(name);
	if (gid < 0 && find(group, 0, name, &line))
		gid = read_id(field_of(line, 2));
	*account = (struct account){(uint32_t)uid, (uint32_t)gid};
	return gid < 0 ? ACCOUNT_NO_GROUP : ACCOUNT_FOUND;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = fuzz_input(data, size);
	struct slice text = fuzz_until(&rest, 0), passwd = fuzz_until(&rest, 0);
	struct account account = {7, 7}, expected = {0, 0};

	enum account_fault fault = account_find(text, passwd, rest, &account);
	expect(fault == look(slice_trim(text), passwd, rest, &expected));
	if (fault != ACCOUNT_FOUND)
		return 0;
	expect(account.uid == expected.uid && account.uid != UINT32_MAX);
	expect(account.gid == expected.gid && account.gid != UINT32_MAX);
	return 0;
}
