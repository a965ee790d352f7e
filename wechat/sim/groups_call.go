package sim

import (
	"net/http"
)

// workCall decodes the body of a WeCom call and holds the lock around f.
func workCall[T any](s *Server, f func(c *call, in *T)) func(*call) {
	return s.withCorp(http.MethodPost, rightContact, func(c *call) {
		in := new(T)
		if !c.json(in) {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		f(c, in)
	})
}

// cursorPage cuts one page out of list: cursor is the text of the next place. It answers 50100 on a bad cursor.
func cursorPage[T any](c *call, list []T, cursor string, limit, usual, most int) (page []T, next string, ok bool) {
	from := 0
	if cursor != "" {
		n, err := parseCursor(cursor)
		if err != nil || n > len(list) {
			c.deny(50100, "invalid cursor", "%s", "cursor "+cursor+" is none of this call's next_cursor")
			return nil, "", false
		}
		from = n
	}
	if limit == 0 {
		limit = usual
	}
	if limit < 1 || limit > most {
		c.deny(40058, "invalid Request Parameter", "%s", "limit must be 1 to "+itoa(int64(most)))
		return nil, "", false
	}
	to := min(len(list), from+limit)
	if to < len(list) {
		next = makeCursor(to)
	}
	return list[from:to], next, true
}
