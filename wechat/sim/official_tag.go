package sim

import (
	"cmp"
	"slices"
	"sort"
	"time"
	"unicode/utf8"
)

// Limits of tags (用户标签管理).
const (
	maxTags       = 100
	maxFanTagName = 30 // characters
	maxTagsOfFan  = 20
	maxTagging    = 50      // openids a call
	maxBlacking   = 20      // openids a call
	bigTag        = 100_000 // fans of a tag that cannot be deleted at once
	starTag       = 2       // 星标组
	firstOwnTag   = 100
	maxShortData  = 4 << 10
	maxShortLife  = 30 * 24 * time.Hour
	maxShortKeys  = 100_000
	textTagID     = "invalid tag id"
	textReserved  = "can't modify sys tag"
	textListSize  = "invalid openid list size"
	textOtherApp  = "not match openid with appid"
	textTagsOfFan = "has tagged too many, can't tag more"
)

type fanTag struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

func (d *desk) tag(id int) *fanTag {
	for i := range d.Tags {
		if d.Tags[i].ID == id {
			return &d.Tags[i]
		}
	}
	return nil
}

// checkTagName answers a refusal of a tag's name, or tells that it may be used.
func (c *call) checkTagName(d *desk, name string, self int) bool {
	n := utf8.RuneCountInString(name)
	taken := slices.ContainsFunc(d.Tags, func(t fanTag) bool { return t.Name == name && t.ID != self })
	switch {
	case n == 0:
		c.deny(-1, "system error", "the name of a tag must not be empty")
	case n > maxFanTagName:
		c.fail(45158, "tag name too long")
	case taken || name == "星标组":
		c.deny(45157, "invalid tag name", "there is a tag %q already", name)
	default:
		return true
	}
	return false
}

type tagBody struct {
	Tag struct {
		ID   int    `json:"id"`
		Name string `json:"name"`
	} `json:"tag"`
}

func (s *Server) fanTagCreate(c *call) {
	var in tagBody
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.desk(c.app.AppID)
	if len(d.Tags) >= maxTags {
		c.fail(45056, "can't create more tag")
		return
	}
	if !c.checkTagName(d, in.Tag.Name, 0) {
		return
	}
	d.NextTag = max(d.NextTag, firstOwnTag)
	t := fanTag{d.NextTag, in.Tag.Name}
	d.NextTag++
	d.Tags = append(d.Tags, t)
	s.touchDesk(c.app.AppID)
	c.ok(map[string]any{"tag": t})
}

// fansWith lists an account's fans that pass a test, by openid. The caller holds mu.
func (s *Server) fansWith(appID string, keep func(*fan) bool) []*fan {
	list := []*fan{}
	for _, f := range s.world.fans {
		if f.AppID == appID && keep(f) {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b *fan) int { return cmp.Compare(a.OpenID, b.OpenID) })
	return list
}

func (s *Server) fanTagList(c *call) {
	type counted struct {
		fanTag
		Count int `json:"count"`
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := map[int]int{}
	for _, f := range s.fansWith(c.app.AppID, func(f *fan) bool { return f.Subscribed }) {
		for _, id := range f.Tags {
			counts[id]++
		}
	}
	list := []counted{{fanTag{starTag, "星标组"}, counts[starTag]}}
	for _, t := range s.desk(c.app.AppID).Tags {
		list = append(list, counted{t, counts[t.ID]})
	}
	c.ok(map[string]any{"tags": list})
}

// ownTag finds a tag that may be changed; on failure it has answered.
func (c *call) ownTag(d *desk, id int) *fanTag {
	if id >= 0 && id <= starTag {
		c.fail(45058, textReserved)
		return nil
	}
	t := d.tag(id)
	if t == nil {
		c.fail(45159, textTagID)
	}
	return t
}

func (s *Server) fanTagUpdate(c *call) {
	var in tagBody
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.desk(c.app.AppID)
	if t := c.ownTag(d, in.Tag.ID); t != nil && c.checkTagName(d, in.Tag.Name, t.ID) {
		t.Name = in.Tag.Name
		s.touchDesk(c.app.AppID)
		c.ok(apiOK)
	}
}

func (s *Server) fanTagDelete(c *call) {
	var in tagBody
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.desk(c.app.AppID)
	t := c.ownTag(d, in.Tag.ID)
	if t == nil {
		return
	}
	tagged := s.fansWith(c.app.AppID, func(f *fan) bool { return slices.Contains(f.Tags, in.Tag.ID) })
	if len(tagged) > bigTag {
		c.fail(45057, "can't delete the tag that has too many fans")
		return
	}
	for _, f := range tagged {
		f.Tags = slices.DeleteFunc(f.Tags, func(id int) bool { return id == in.Tag.ID })
		s.touchFan(f)
	}
	d.Tags = slices.DeleteFunc(d.Tags, func(t fanTag) bool { return t.ID == in.Tag.ID })
	s.touchDesk(c.app.AppID)
	c.ok(apiOK)
}

// openIDPage answers one page of openids behind from; total adds the number of all.
func (c *call) openIDPage(fans []*fan, from string, total bool) {
	all := make([]string, len(fans))
	for i, f := range fans {
		all[i] = f.OpenID
	}
	answer := map[string]any{"next_openid": ""}
	if total {
		answer["total"] = len(all)
	}
	if from != "" {
		all = all[sort.Search(len(all), func(i int) bool { return all[i] > from }):]
	}
	all = all[:min(len(all), usersPerPage)]
	answer["count"] = len(all)
	if len(all) > 0 {
		answer["data"] = map[string]any{"openid": all}
		answer["next_openid"] = all[len(all)-1]
	}
	c.ok(answer)
}

func (s *Server) tagFans(c *call) {
	var in struct {
		ID   int    `json:"tagid"`
		From string `json:"next_openid"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.ID != starTag && s.desk(c.app.AppID).tag(in.ID) == nil {
		c.fail(45159, textTagID)
		return
	}
	c.openIDPage(s.fansWith(c.app.AppID, func(f *fan) bool { return f.Subscribed && slices.Contains(f.Tags, in.ID) }), in.From, false)
}

// fansOf finds the fans of a list of openids; on failure it has answered. The caller holds mu.
func (c *call) fansOf(openIDs []string, most int) []*fan {
	if len(openIDs) < 1 || len(openIDs) > most {
		c.deny(40032, textListSize, "40032: %d openids, 1 to %d are allowed", len(openIDs), most)
		return nil
	}
	fans := make([]*fan, 0, len(openIDs))
	for _, id := range openIDs {
		f := c.s.world.openids[id]
		switch {
		case f == nil:
			c.fail(40003, "invalid openid")
			return nil
		case f.AppID != c.app.AppID:
			c.fail(49003, textOtherApp)
			return nil
		}
		fans = append(fans, f)
	}
	return fans
}

type taggingBody struct {
	OpenIDs []string `json:"openid_list"`
	ID      int      `json:"tagid"`
}

func (s *Server) tagging(on bool) func(*call) {
	return func(c *call) {
		var in taggingBody
		if !c.json(&in) {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		fans := c.fansOf(in.OpenIDs, maxTagging)
		if fans == nil {
			return
		}
		if in.ID != starTag && s.desk(c.app.AppID).tag(in.ID) == nil {
			c.fail(45159, textTagID)
			return
		}
		for _, f := range fans {
			if on && len(f.Tags) >= maxTagsOfFan && !slices.Contains(f.Tags, in.ID) {
				c.fail(45059, textTagsOfFan)
				return
			}
		}
		for _, f := range fans {
			f.Tags = slices.DeleteFunc(f.Tags, func(id int) bool { return id == in.ID })
			if on {
				f.Tags = append(f.Tags, in.ID)
			}
			s.touchFan(f)
		}
		c.ok(apiOK)
	}
}

func (s *Server) tagsOfFan(c *call) {
	var in struct {
		OpenID string `json:"openid"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := c.fanOf(in.OpenID); f != nil {
		c.ok(map[string]any{"tagid_list": append([]int{}, f.Tags...)})
	}
}

func (s *Server) blackList(c *call) {
	var in struct {
		From string `json:"begin_openid"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.openIDPage(s.fansWith(c.app.AppID, func(f *fan) bool { return f.Black }), in.From, true)
}

func (s *Server) blacken(on bool) func(*call) {
	return func(c *call) {
		var in struct {
			OpenIDs []string `json:"openid_list"`
			Opened  []string `json:"opened_list"` // the name in old pages
		}
		if !c.json(&in) {
			return
		}
		if len(in.OpenIDs) == 0 {
			in.OpenIDs = in.Opened
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		fans := c.fansOf(in.OpenIDs, maxBlacking)
		for _, f := range fans {
			f.Black = on
			s.touchFan(f)
		}
		if fans != nil {
			c.ok(apiOK)
		}
	}
}

// shortKey is a text behind a short key (短 key 托管).
type shortKey struct {
	AppID string    `json:"appid"`
	Data  string    `json:"data"`
	Born  time.Time `json:"born"`
	Until time.Time `json:"until"`
}

func (s *Server) shortenGen(c *call) {
	var in struct {
		Data   string `json:"long_data"`
		Expire *int64 `json:"expire_seconds"`
	}
	if !c.json(&in) {
		return
	}
	life := maxShortLife
	if in.Expire != nil {
		life = time.Duration(*in.Expire) * time.Second
	}
	if in.Data == "" || len(in.Data) > maxShortData || life <= 0 || life > maxShortLife {
		c.deny(40035, "invalid parameter", "long_data has %d bytes (1 to %d), expire_seconds is %d (1 to %d)", len(in.Data), maxShortData, int64(life/time.Second), int64(maxShortLife/time.Second))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Clock.Now()
	if len(s.world.official.shorts) >= maxShortKeys {
		for key, k := range s.world.official.shorts {
			if !now.Before(k.Until) {
				delete(s.world.official.shorts, key)
				s.touch("short_key", key)
			}
		}
	}
	key := s.text(15)
	s.world.official.shorts[key] = &shortKey{c.app.AppID, in.Data, now, now.Add(life)}
	s.touch("short_key", key)
	c.ok(map[string]any{"errcode": 0, "errmsg": "ok", "short_key": key})
}

func (s *Server) shortenFetch(c *call) {
	var in struct {
		Key string `json:"short_key"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k, now := s.world.official.shorts[in.Key], s.Clock.Now()
	if k == nil || k.AppID != c.app.AppID || !now.Before(k.Until) {
		c.deny(40035, "invalid parameter", "short_key is unknown or expired")
		return
	}
	c.ok(map[string]any{"errcode": 0, "errmsg": "ok", "long_data": k.Data, "create_time": k.Born.Unix(), "expire_seconds": int64(k.Until.Sub(now) / time.Second)})
}
