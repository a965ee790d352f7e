package sim

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// pageOf cuts a page out of a list; cursor is what the page before gave as next. It is false for a cursor nobody gave.
func pageOf[T any](list []T, cursor string, limit int) (page []T, next string, ok bool) {
	from := 0
	if cursor != "" {
		raw, err := base64.RawURLEncoding.DecodeString(cursor)
		if from, err = strconv.Atoi(string(raw)); err != nil || from < 0 {
			return nil, "", false
		}
	}
	from = min(from, len(list))
	to := min(from+limit, len(list))
	if to < len(list) {
		next = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(to)))
	}
	return append([]T{}, list[from:to]...), next, true
}

// limitIn holds the limit of a paged call to 1..most, 0 means usual; on failure it has answered.
func (c *call) limitIn(limit *int, usual, most int) bool {
	if *limit == 0 {
		*limit = usual
	}
	if *limit < 1 || *limit > most {
		c.deny(40058, "invalid Request Parameter", "limit must be 1 to %d", most)
		return false
	}
	return true
}

// looseInt reads a number that some clients send as a string.
type looseInt int64

// UnmarshalJSON accepts 7 and "7"; an empty string is 0.
func (n *looseInt) UnmarshalJSON(raw []byte) error {
	text := strings.Trim(string(raw), `"`)
	if text == "" || text == "null" {
		return nil
	}
	v, err := strconv.ParseInt(text, 10, 64)
	*n = looseInt(v)
	return err
}

// invalid answers a parameter that the document does not allow, and says which.
func (c *call) invalid(format string, args ...any) {
	c.deny(40058, "invalid Request Parameter", format, args...)
}

// workerOf finds a member by userid; on failure it has answered. The caller holds mu.
func (c *call) workerOf(userID string) *staff {
	st := c.s.worker(c.corp.CorpID, userID)
	if st == nil {
		c.deny(60111, "userid not found", "the company has no member %q", userID)
		return nil
	}
	c.entry.Person = st.Person
	return st
}

// tieOf finds the tie of a member to a customer; on failure it has answered. The caller holds mu.
func (c *call) tieOf(userID, externalID string) *tie {
	if c.workerOf(userID) == nil {
		return nil
	}
	if externalID == "" {
		c.fail(41035, "missing external userid")
		return nil
	}
	if c.s.external(c.corp.CorpID, externalID) == nil {
		c.fail(40096, "invalid external userid")
		return nil
	}
	t := c.s.tieOf(c.corp, userID, externalID)
	if t == nil {
		c.deny(84061, "not external contact", "%s is no customer of %s", externalID, userID)
		return nil
	}
	c.entry.Person = t.Person
	return t
}
