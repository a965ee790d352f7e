package sim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// Limits of permanent material (永久素材).
const (
	maxKeptImages = 100_000
	maxKeptOthers = 1000
	maxBatch      = 20 // of a list
)

// materialAdd answers material/add_material: a file that never expires.
func (s *Server) materialAdd(c *call) {
	kind := c.r.URL.Query().Get("type")
	data, detected := c.file(kind)
	if data == nil {
		return
	}
	name, description := c.formParts()
	var about struct {
		Title string `json:"title"`
		Intro string `json:"introduction"`
	}
	if kind == "video" {
		if err := json.Unmarshal([]byte(description), &about); err != nil || about.Title == "" {
			c.deny(47001, "data format error", "a video needs the form field description with the JSON of title and introduction")
			return
		}
		if utf8.RuneCountInString(about.Title) > 60 {
			c.fail(45003, "title size out of limit")
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	limit := maxKeptOthers
	if kind == "image" || kind == "thumb" {
		limit = maxKeptImages
	}
	if len(s.materials(c.app.AppID, kind)) >= limit {
		c.deny(45001, "media size out of limit", "the account keeps %d files of type %s already", limit, kind)
		return
	}
	m := s.storeMedia(c.app.AppID, kind, detected, data, zeroTime)
	m.Kept, m.Name, m.Title, m.Intro = true, name, about.Title, about.Intro
	answer := map[string]any{"media_id": m.ID}
	if kind == "image" || kind == "thumb" {
		answer["url"] = s.mediaURL(m)
	}
	c.ok(answer)
}

// mediaURL is where a file can be seen by anyone.
func (s *Server) mediaURL(m *media) string { return "http://" + s.hostPort() + m.path() }

// formParts gives the file name of the upload and description, a form field or a parameter of the address.
func (c *call) formParts() (name, description string) {
	description = c.r.URL.Query().Get("description") // where wechatpy puts it
	parts, err := formReader(c.r.Header.Get("Content-Type"), c.body)
	if err != nil {
		return "", description
	}
	for {
		part, err := parts.NextPart()
		if err != nil {
			return name, description
		}
		switch part.FormName() {
		case "media":
			name = part.FileName()
		case "description":
			raw, _ := io.ReadAll(io.LimitReader(part, 64<<10)) // the body is in memory: it does not fail
			description = string(raw)
		}
	}
}

// materials lists an account's permanent files of a type, newest first. The caller holds mu.
func (s *Server) materials(appID, kind string) []*media {
	list := []*media{}
	for _, m := range s.world.media {
		if m.Kept && m.AppID == appID && m.Type == kind {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b *media) int { return cmp.Or(b.Born.Compare(a.Born), cmp.Compare(a.ID, b.ID)) })
	return list
}

// kept finds a permanent file of the account. The caller holds mu.
func (s *Server) kept(appID, id string) *media {
	if m := s.world.media[id]; m != nil && m.Kept && m.AppID == appID {
		return m
	}
	return nil
}

type mediaIDBody struct {
	ID string `json:"media_id"`
}

func (s *Server) materialGet(c *call) {
	var in mediaIDBody
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.world.official.drafts[in.ID]; d != nil && d.AppID == c.app.AppID {
		c.ok(map[string]any{"news_item": d.Articles})
		return
	}
	m := s.kept(c.app.AppID, in.ID)
	switch {
	case m == nil:
		c.fail(40007, "invalid media_id")
	case m.Type == "video":
		c.ok(map[string]string{"title": m.Title, "description": m.Intro, "down_url": s.mediaURL(m)})
	default:
		c.header.Set("Content-Type", m.MIME)
		c.header.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s"`, m.ID))
		c.out = m.Data
	}
}

func (s *Server) materialDelete(c *call) {
	var in mediaIDBody
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept(c.app.AppID, in.ID) == nil {
		c.fail(40007, "invalid media_id")
		return
	}
	delete(s.world.media, in.ID)
	s.touch("media", in.ID)
	c.ok(apiOK)
}

func (s *Server) materialCount(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := func(kind string) int { return len(s.materials(c.app.AppID, kind)) }
	c.ok(map[string]int{"voice_count": count("voice"), "video_count": count("video"), "image_count": count("image"), "news_count": 0})
}

func (s *Server) materialList(c *call) {
	var in struct {
		Type   string `json:"type"`
		Offset int    `json:"offset"`
		Count  int    `json:"count"`
	}
	if !c.json(&in) {
		return
	}
	if !slices.Contains([]string{"image", "voice", "video", "news"}, in.Type) {
		c.fail(40004, "invalid media type")
		return
	}
	if in.Offset < 0 || in.Count < 1 || in.Count > maxBatch {
		c.deny(40097, "invalid args", "offset must not be negative, count is 1 to %d", maxBatch)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.materials(c.app.AppID, in.Type)
	items := []map[string]any{}
	for _, m := range page(all, in.Offset, in.Count) {
		items = append(items, map[string]any{"media_id": m.ID, "name": m.Name, "update_time": m.Born.Unix(), "url": s.mediaURL(m)})
	}
	c.ok(map[string]any{"item": items, "total_count": len(all), "item_count": len(items)})
}

// page is a part of a list.
func page[T any](list []T, offset, count int) []T {
	from := min(offset, len(list))
	return list[from:min(from+count, len(list))]
}
