#include "core/account.h"

#include "base/num.h"

/* All bits set means "as it is" to setresuid(2). */
static const uint32_t id_max = UINT32_MAX - 1;

static bool parse_id(struct slice text, uint32_t *id)
{
	uint64_t number;

	if (!num_digits(text, 0, id_max, &number))
		return false;
	*id = (uint32_t)number;
	return true;
}

/* Finds the line whose field AT, counted from 0, is TEXT: ID is its field 2, and
 * REST what is behind that. */
static bool find_line(struct slice file, int at, struct slice text,
	uint32_t *id, struct slice *rest)
{
	struct slice field = {NULL, 0};

	while (slice_cut(&file, '\n', rest)) {
		bool found = false;
		int i = 0;
		for (; i < 3 && slice_cut(rest, ':', &field); i++)
			found = found || (i == at && slice_equal(field, text));
		if (found && i == 3 && parse_id(field, id))
			return true;
	}
	return false;
}

enum account_fault account_find(struct slice text, struct slice passwd,
	struct slice group, struct account *account)
{
	struct slice rest = slice_trim(text), user, own, field;
	bool is_number;

	slice_cut(&rest, ':', &user);
	if (user.len == 0 || (rest.at && rest.len == 0))
		return ACCOUNT_BAD;
	is_number = parse_id(user, &account->uid);
	if (find_line(passwd, is_number ? 2 : 0, user, &account->uid, &own)) {
		if (!slice_cut(&own, ':', &field) ||
			!parse_id(field, &account->gid))
			return ACCOUNT_NO_USER;
	} else if (is_number) {
		account->gid = account->uid;
	} else {
		return ACCOUNT_NO_USER;
	}
	if (!rest.at || parse_id(rest, &account->gid) ||
		find_line(group, 0, rest, &account->gid, &field))
		return ACCOUNT_FOUND;
	return ACCOUNT_NO_GROUP;
}
