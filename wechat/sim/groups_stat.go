package sim

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

type groupStatIn struct {
	Begin  int64       `json:"day_begin_time"`
	End    int64       `json:"day_end_time"`
	Owner  ownerFilter `json:"owner_filter"`
	Order  int         `json:"order_by"`
	Asc    int         `json:"order_asc"`
	Offset int         `json:"offset"`
	Limit  int         `json:"limit"`
}

// groupStat is what the documents count of customer groups: new_… in the days asked for, all others until their end.
type groupStat struct {
	NewChats      int `json:"new_chat_cnt"`
	Chats         int `json:"chat_total"`
	ChatsSaid     int `json:"chat_has_msg"`
	NewMembers    int `json:"new_member_cnt"`
	Members       int `json:"member_total"`
	MembersSaid   int `json:"member_has_msg"`
	Messages      int `json:"msg_total"`
	MigratedChats int `json:"migrate_trainee_chat_cnt"` // only of schools: always 0
}

// days reads the range of days of a statistic; on failure it has answered.
func (in *groupStatIn) days(c *call) (first, last time.Time, ok bool) {
	now := c.s.Clock.Now()
	if in.Begin == 0 {
		c.deny(40063, "some parameters are empty", "day_begin_time is required")
		return
	}
	first = midnight(time.Unix(in.Begin, 0))
	last = first
	if in.End != 0 {
		last = midnight(time.Unix(in.End, 0))
	}
	switch {
	case last.Before(first) || last.Sub(first) > 30*24*time.Hour:
		c.deny(40058, "invalid Request Parameter", "day_end_time must not be before day_begin_time nor more than 30 days after it")
	case first.Before(midnight(now).AddDate(0, 0, -statDays)) || first.After(now):
		c.deny(40058, "invalid Request Parameter", "only the last 180 days are kept")
	default:
		return first, last, true
	}
	return
}

func midnight(t time.Time) time.Time {
	y, m, d := t.In(shanghai).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, shanghai)
}

// count sums groups over the days first to last. The caller holds mu.
func (s *Server) countRooms(rooms []*room, first, last time.Time) groupStat {
	from, to := first.Format(time.DateOnly), last.Format(time.DateOnly)
	var v groupStat
	for _, r := range rooms {
		born := r.Born.In(shanghai).Format(time.DateOnly)
		if born > to {
			continue
		}
		v.Chats++
		if born >= from {
			v.NewChats++
		}
		spoke, newest := map[string]bool{}, ""
		for day, d := range r.Corp.Days {
			if day > to {
				continue
			}
			if day >= from {
				v.NewMembers += d.New
			}
			if v.Messages += d.Messages; day > newest {
				newest = day
			}
			for _, who := range d.Speakers {
				spoke[who] = true
			}
		}
		if newest != "" {
			v.Members += r.Corp.Days[newest].Members
		}
		if v.MembersSaid += len(spoke); len(spoke) > 0 {
			v.ChatsSaid++
		}
	}
	return v
}

type ownerStat struct {
	Owner string    `json:"owner"`
	Data  groupStat `json:"data"`
}

// groupStatistic is 获取「群聊数据统计」数据, by owner.
func (s *Server) groupStatistic(c *call, in *groupStatIn) {
	first, last, ok := in.days(c)
	if !ok {
		return
	}
	if len(in.Owner.Users) == 0 || len(in.Owner.Users) > maxOwnerFilter {
		c.deny(40063, "some parameters are empty", "owner_filter.userid_list needs 1 to 100 members")
		return
	}
	if in.Limit = cmp.Or(in.Limit, 500); in.Limit < 0 || in.Limit > 1000 || in.Offset < 0 {
		c.deny(40058, "invalid Request Parameter", "limit is 1 to 1000, offset not negative")
		return
	}
	items := []ownerStat{}
	for _, id := range in.Owner.Users {
		if rooms := s.corpRooms(c.corp.CorpID, []string{id}); len(rooms) > 0 {
			items = append(items, ownerStat{id, s.countRooms(rooms, first, last)})
		}
	}
	key := func(v groupStat) int {
		return map[int]int{2: v.Chats, 3: v.NewMembers, 4: v.Members}[in.Order]
	}
	if in.Order <= 1 {
		key = func(v groupStat) int { return v.NewChats }
	}
	slices.SortStableFunc(items, func(a, b ownerStat) int {
		if in.Asc == 1 {
			a, b = b, a
		}
		return cmp.Or(key(b.Data)-key(a.Data), strings.Compare(a.Owner, b.Owner))
	})
	total := len(items)
	from := min(in.Offset, total)
	to := min(from+in.Limit, total)
	next := to
	c.ok(struct {
		apiError
		Total int         `json:"total"`
		Next  int         `json:"next_offset"`
		Items []ownerStat `json:"items"`
	}{apiOK, total, next, items[from:to]})
}

type dayStat struct {
	Time int64     `json:"stat_time"`
	Data groupStat `json:"data"`
}

// groupStatisticByDay is the same, by day.
func (s *Server) groupStatisticByDay(c *call, in *groupStatIn) {
	first, last, ok := in.days(c)
	if !ok {
		return
	}
	if len(in.Owner.Users) > maxOwnerFilter {
		c.deny(40058, "invalid Request Parameter", "userid_list has at most 100")
		return
	}
	rooms := s.corpRooms(c.corp.CorpID, in.Owner.Users)
	items := []dayStat{}
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		items = append(items, dayStat{day.Unix(), s.countRooms(rooms, day, day)})
	}
	c.ok(struct {
		apiError
		Items []dayStat `json:"items"`
	}{apiOK, items})
}
