package sim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// statDay is what really happened at an account on one day (+08:00).
type statDay struct {
	New    map[int]int               `json:"new,omitempty"`    // follows by source
	Cancel map[int]int               `json:"cancel,omitempty"` // unfollows by source
	Fans   int                       `json:"fans"`             // at the end of the day
	Said   map[int]map[string]int    `json:"said,omitempty"`   // messages by type and person
	Reads  map[string]map[string]int `json:"reads,omitempty"`  // of articles, by key and person
	SentTo map[string]int            `json:"sent_to,omitempty"`
}

// followSources are the user_source codes of 用户增减数据.
var followSources = map[string]int{"ADD_SCENE_SEARCH": 1, "ADD_SCENE_PROFILE_CARD": 17, "ADD_SCENE_QR_CODE": 30, "ADD_SCENE_PAID": 51, "ADD_SCENE_PROFILE_LINK": 57, "ADD_SCENE_WECHAT_ADVERTISEMENT": 100}

// messageKinds are the msg_type codes of 消息发送概况数据.
var messageKinds = map[string]int{"text": 1, "image": 2, "voice": 3, "video": 4, "shortvideo": 4, "link": 6, "location": 6}

const keptStatDays = 400 // per account

// stat gives the record of an account's today. The caller holds mu.
func (s *Server) stat(appID string) *statDay {
	day := s.Clock.Now().Format(time.DateOnly)
	key := appID + "|" + day
	d := s.world.official.days[key]
	if d == nil {
		d = &statDay{New: map[int]int{}, Cancel: map[int]int{}, Said: map[int]map[string]int{}, Reads: map[string]map[string]int{}, SentTo: map[string]int{}, Fans: s.fansBefore(appID, day)}
		s.world.official.days[key] = d
		if old := appID + "|" + s.Clock.Now().AddDate(0, 0, -keptStatDays).Format(time.DateOnly); s.world.official.days[old] != nil {
			delete(s.world.official.days, old)
			s.touch("stat_day", old)
		}
	}
	s.touch("stat_day", key)
	return d
}

// fansBefore is the number of fans at the end of the last recorded day before one.
func (s *Server) fansBefore(appID, day string) int {
	last, fans := "", 0
	for key, d := range s.world.official.days {
		id, date, _ := strings.Cut(key, "|")
		if id == appID && date < day && date > last {
			last, fans = date, d.Fans
		}
	}
	return fans
}

func (s *Server) statFollow(f *fan, by int) {
	d := s.stat(f.AppID)
	source := followSources[f.Scene]
	if d.Fans += by; by > 0 {
		d.New = bump(d.New, source)
		return
	}
	d.Cancel = bump(d.Cancel, source)
}

func bump[K comparable](m map[K]int, key K) map[K]int {
	if m == nil {
		m = map[K]int{}
	}
	m[key]++
	return m
}

func (s *Server) statSaid(f *fan, kind string) {
	d := s.stat(f.AppID)
	if d.Said == nil {
		d.Said = map[int]map[string]int{}
	}
	code := messageKinds[kind]
	d.Said[code] = bump(d.Said[code], f.Person)
}

func (s *Server) statRead(p *publication, index int, who string) {
	d := s.stat(p.AppID)
	if d.Reads == nil {
		d.Reads = map[string]map[string]int{}
	}
	key := p.Articles[index].Key
	d.Reads[key] = bump(d.Reads[key], who)
}

func (s *Server) statSent(p *publication, n int) {
	d := s.stat(p.AppID)
	if d.SentTo == nil {
		d.SentTo = map[string]int{}
	}
	d.SentTo[p.ArticleID] += n
}

// dates reads begin_date and end_date, at most span days that have ended; on failure it has answered.
func (c *call) dates(span int) []string {
	var in struct {
		Begin string `json:"begin_date"`
		End   string `json:"end_date"`
	}
	if !c.json(&in) {
		return nil
	}
	begin, err1 := time.ParseInLocation(time.DateOnly, in.Begin, shanghai)
	end, err2 := time.ParseInLocation(time.DateOnly, in.End, shanghai)
	if err1 != nil || err2 != nil {
		c.fail(61500, "date format error")
		return nil
	}
	yesterday := c.s.Clock.Now().AddDate(0, 0, -1).Format(time.DateOnly)
	if end.Before(begin) || in.End > yesterday || end.Sub(begin) >= time.Duration(span)*24*time.Hour {
		c.deny(61501, "date range error", "%s to %s; at most %d days, the last one %s", in.Begin, in.End, span, yesterday)
		return nil
	}
	days := []string{}
	for d := begin; !d.After(end); d = d.AddDate(0, 0, 1) {
		days = append(days, d.Format(time.DateOnly))
	}
	return days
}

// datacube answers one of the calls of 数据分析 with the rows of each day.
func (s *Server) datacube(span int, rows func(appID, day string, d *statDay) []map[string]any) func(*call) {
	return s.withRight(http.MethodPost, verified, func(c *call) {
		days := c.dates(span)
		if days == nil {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		list := []map[string]any{}
		for _, day := range days {
			d := s.world.official.days[c.app.AppID+"|"+day]
			if d == nil {
				d = &statDay{Fans: s.fansBefore(c.app.AppID, day)}
			}
			list = append(list, rows(c.app.AppID, day, d)...)
		}
		c.ok(map[string]any{"list": list})
	})
}

func (s *Server) userSummary(_, day string, d *statDay) []map[string]any {
	sources := map[int]bool{}
	for source := range d.New {
		sources[source] = true
	}
	for source := range d.Cancel {
		sources[source] = true
	}
	rows := []map[string]any{}
	for _, source := range slices.Sorted(maps.Keys(sources)) {
		rows = append(rows, map[string]any{"ref_date": day, "user_source": source, "new_user": d.New[source], "cancel_user": d.Cancel[source]})
	}
	return rows
}

func (s *Server) userCumulate(_, day string, d *statDay) []map[string]any {
	return []map[string]any{{"ref_date": day, "cumulate_user": d.Fans}}
}

func (s *Server) upstream(_, day string, d *statDay) []map[string]any {
	rows := []map[string]any{}
	for _, kind := range slices.Sorted(maps.Keys(d.Said)) {
		rows = append(rows, map[string]any{"ref_date": day, "msg_type": kind, "msg_user": len(d.Said[kind]), "msg_count": sum(d.Said[kind])})
	}
	return rows
}

func sum(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}

// articleSummary gives the articles that were sent on a day with what was read of them that day.
func (s *Server) articleSummary(appID, day string, d *statDay) []map[string]any {
	rows := []map[string]any{}
	for _, p := range s.publications(appID, func(p *publication) bool { return p.Sent && p.At.In(shanghai).Format(time.DateOnly) == day }) {
		for i, piece := range p.Articles {
			reads := d.Reads[piece.Key]
			rows = append(rows, map[string]any{"ref_date": day, "msgid": itoa(p.Seq) + "_" + itoa(int64(i+1)), "title": piece.Body.Title,
				"int_page_read_user": len(reads), "int_page_read_count": sum(reads), "ori_page_read_user": 0, "ori_page_read_count": 0,
				"share_user": 0, "share_count": 0, "add_to_fav_user": 0, "add_to_fav_count": 0, "target_user": d.SentTo[p.ArticleID]})
		}
	}
	return rows
}

// userRead gives the readings of all articles of a day.
func (s *Server) userRead(_, day string, d *statDay) []map[string]any {
	people, count := map[string]bool{}, 0
	for _, reads := range d.Reads {
		for who, n := range reads {
			people[who] = true
			count += n
		}
	}
	return []map[string]any{{"ref_date": day, "user_source": 99999999, "int_page_read_user": len(people), "int_page_read_count": count, "ori_page_read_user": 0, "ori_page_read_count": 0,
		"share_user": 0, "share_count": 0, "add_to_fav_user": 0, "add_to_fav_count": 0}}
}
