package sim

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

const (
	usualTags  = 10_000 // of one company (K)
	maxTagName = 30     // characters
)

// corpTagGroup is a group of tags of a company with its tags.
type corpTagGroup struct {
	ID     string    `json:"id"`
	CorpID string    `json:"corpid"`
	Name   string    `json:"name"`
	Order  int64     `json:"order"`
	Born   time.Time `json:"born"`
	Tags   []corpTag `json:"tags"`
}

type corpTag struct {
	ID    string    `json:"id"`
	Name  string    `json:"name"`
	Order int64     `json:"order"`
	Born  time.Time `json:"born"`
}

type (
	tagGroupView struct {
		ID      string        `json:"group_id"`
		Name    string        `json:"group_name"`
		Created int64         `json:"create_time"`
		Order   int64         `json:"order"`
		Tags    []corpTagView `json:"tag"`
	}
	corpTagView struct {
		ID      string `json:"id"`
		Name    string `json:"name"`
		Created int64  `json:"create_time"`
		Order   int64  `json:"order"`
	}
)

func (g *corpTagGroup) view(tags []corpTag) tagGroupView {
	v := tagGroupView{g.ID, g.Name, g.Born.Unix(), g.Order, []corpTagView{}}
	sorted := slices.Clone(tags)
	slices.SortStableFunc(sorted, func(a, b corpTag) int { return cmp.Compare(b.Order, a.Order) })
	for _, t := range sorted {
		v.Tags = append(v.Tags, corpTagView{t.ID, t.Name, t.Born.Unix(), t.Order})
	}
	return v
}

func (g *corpTagGroup) find(tagID string) *corpTag {
	for i := range g.Tags {
		if g.Tags[i].ID == tagID {
			return &g.Tags[i]
		}
	}
	return nil
}

func (g *corpTagGroup) named(name string) *corpTag {
	for i := range g.Tags {
		if g.Tags[i].Name == name {
			return &g.Tags[i]
		}
	}
	return nil
}

func (s *Server) touchTags(g *corpTagGroup) { s.touch("corp_tag_group", g.ID) }

// corpTag finds a tag of a company by id. The caller holds mu.
func (s *Server) corpTag(corpID, id string) (*corpTagGroup, *corpTag) {
	g := s.world.work.tagGroups[s.world.work.tagIn[id]]
	if g == nil || g.CorpID != corpID {
		return nil, nil
	}
	return g, g.find(id)
}

// corpTagGroups lists a company's groups, the highest order first. The caller holds mu.
func (s *Server) corpTagGroups(corpID string) []*corpTagGroup {
	var list []*corpTagGroup
	for _, g := range s.world.work.tagGroups {
		if g.CorpID == corpID {
			list = append(list, g)
		}
	}
	slices.SortFunc(list, func(a, b *corpTagGroup) int {
		return cmp.Or(cmp.Compare(b.Order, a.Order), a.Born.Compare(b.Born), strings.Compare(a.ID, b.ID))
	})
	return list
}

func (s *Server) corpTagList(c *call) {
	var in struct {
		Tags   []string `json:"tag_id"`
		Groups []string `json:"group_id"`
	}
	if len(c.body) > 0 && !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	views := []tagGroupView{}
	for _, g := range s.corpTagGroups(c.corp.CorpID) {
		tags := g.Tags
		if len(in.Tags) > 0 {
			tags = slices.DeleteFunc(slices.Clone(g.Tags), func(t corpTag) bool { return !slices.Contains(in.Tags, t.ID) })
		}
		if len(in.Tags) > 0 && len(tags) == 0 || len(in.Tags) == 0 && len(in.Groups) > 0 && !slices.Contains(in.Groups, g.ID) {
			continue
		}
		views = append(views, g.view(tags))
	}
	c.ok(struct {
		apiError
		Groups []tagGroupView `json:"tag_group"`
	}{apiOK, views})
}

type newTag struct {
	Name  string `json:"name"`
	Order int64  `json:"order"`
}

func (s *Server) addCorpTag(c *call) {
	var in struct {
		GroupID   string   `json:"group_id"`
		GroupName string   `json:"group_name"`
		Order     int64    `json:"order"`
		Tags      []newTag `json:"tag"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.world.work.tagGroups[in.GroupID]
	if in.GroupID != "" && (g == nil || g.CorpID != c.corp.CorpID) {
		c.fail(40068, "invalid tagid")
		return
	}
	if g == nil {
		if i := slices.IndexFunc(s.corpTagGroups(c.corp.CorpID), func(g *corpTagGroup) bool { return g.Name == in.GroupName }); i >= 0 {
			g = s.corpTagGroups(c.corp.CorpID)[i]
		}
	}
	if g == nil && badTagName(in.GroupName) || len(in.Tags) == 0 {
		c.deny(40063, "some parameters are empty", "a group needs a name of 1 to 30 characters, and tags")
		return
	}
	if !s.newTagsFit(c, g, in.Tags) {
		return
	}
	if g == nil {
		g = &corpTagGroup{ID: s.newTagID(), CorpID: c.corp.CorpID, Name: in.GroupName, Order: in.Order, Born: s.Clock.Now()}
		s.world.work.tagGroups[g.ID] = g
	}
	first := len(g.Tags)
	s.putTags(g, in.Tags)
	c.ok(struct {
		apiError
		Group tagGroupView `json:"tag_group"`
	}{apiOK, g.view(g.Tags[first:])})
}

func badTagName(name string) bool { return strings.TrimSpace(name) == "" || tooLong(name, maxTagName) }

func (s *Server) newTagID() string { return "et" + s.pick(30, letters+"-_") }

// putTags adds tags to a group. The caller holds mu.
func (s *Server) putTags(g *corpTagGroup, tags []newTag) {
	for _, t := range tags {
		id := s.newTagID()
		g.Tags = append(g.Tags, corpTag{ID: id, Name: t.Name, Order: t.Order, Born: s.Clock.Now()})
		s.world.work.tagIn[id] = g.ID
	}
	s.touchTags(g)
}

// newTagsFit checks names, duplicates and the company's limit; on failure it has answered.
func (s *Server) newTagsFit(c *call, g *corpTagGroup, tags []newTag) bool {
	seen := map[string]bool{}
	for _, t := range tags {
		if badTagName(t.Name) {
			c.fail(40072, "invalid tag name length")
			return false
		}
		if seen[t.Name] || g != nil && g.named(t.Name) != nil {
			c.deny(40071, "invalid tag name: existed", "the group has a tag %q already", t.Name)
			return false
		}
		seen[t.Name] = true
	}
	have, most := 0, or(c.corp.Settings.MaxTags, usualTags)
	for _, other := range s.world.work.tagGroups {
		if other.CorpID == c.corp.CorpID {
			have += len(other.Tags)
		}
	}
	if have+len(tags) > most {
		c.deny(41042, "tag count exceed limit", "the company has %d tags, %d are allowed", have, most)
		return false
	}
	return true
}

func (s *Server) editCorpTag(c *call) {
	var in struct {
		ID    string  `json:"id"`
		Name  *string `json:"name"`
		Order *int64  `json:"order"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.Name != nil && *in.Name == "" {
		in.Name = nil
	}
	if in.Name != nil && badTagName(*in.Name) {
		c.fail(40072, "invalid tag name length")
		return
	}
	if code, why := s.changeTag(c.corp.CorpID, in.ID, in.Name, in.Order); code != 0 {
		c.fail(code, why)
		return
	}
	c.ok(apiOK)
}

// changeTag renames or reorders a tag or a group. The caller holds mu.
func (s *Server) changeTag(corpID, id string, name *string, order *int64) (code int, why string) {
	if g := s.world.work.tagGroups[id]; g != nil && g.CorpID == corpID {
		for _, other := range s.corpTagGroups(corpID) {
			if name != nil && other != g && other.Name == *name {
				return 40071, "invalid tag name: existed"
			}
		}
		set(&g.Name, name)
		set(&g.Order, order)
		s.touchTags(g)
		return 0, ""
	}
	g, t := s.corpTag(corpID, id)
	if t == nil {
		return 40068, "invalid tagid"
	}
	if name != nil {
		if other := g.named(*name); other != nil && other != t {
			return 40071, "invalid tag name: existed"
		}
	}
	set(&t.Name, name)
	set(&t.Order, order)
	s.touchTags(g)
	return 0, ""
}

func (s *Server) delCorpTag(c *call) {
	var in struct {
		Tags   []string `json:"tag_id"`
		Groups []string `json:"group_id"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(in.Tags)+len(in.Groups) == 0 {
		c.fail(40063, "some parameters are empty")
		return
	}
	for _, id := range in.Groups {
		g := s.world.work.tagGroups[id]
		if g == nil || g.CorpID != c.corp.CorpID {
			c.fail(40068, "invalid tagid")
			return
		}
		for _, t := range g.Tags {
			in.Tags = append(in.Tags, t.ID)
		}
	}
	for _, id := range in.Tags {
		if _, t := s.corpTag(c.corp.CorpID, id); t == nil {
			c.fail(40068, "invalid tagid")
			return
		}
	}
	for _, id := range in.Tags {
		s.dropTag(c.corp.CorpID, id)
	}
	c.ok(apiOK)
}

// dropTag deletes a tag, from customers too; a group goes with its last tag. The caller holds mu.
func (s *Server) dropTag(corpID, id string) {
	g, t := s.corpTag(corpID, id)
	if t == nil {
		return
	}
	g.Tags = slices.DeleteFunc(g.Tags, func(t corpTag) bool { return t.ID == id })
	delete(s.world.work.tagIn, id)
	if len(g.Tags) == 0 {
		delete(s.world.work.tagGroups, g.ID)
	}
	s.touchTags(g)
	for _, t := range s.world.work.ties {
		if t.CorpID == corpID && slices.Contains(t.Tags, id) {
			t.Tags = slices.DeleteFunc(t.Tags, func(x string) bool { return x == id })
			s.touchTie(t)
		}
	}
}

func (s *Server) markTag(c *call) {
	var in struct {
		UserID   string   `json:"userid"`
		External string   `json:"external_userid"`
		Add      []string `json:"add_tag"`
		Remove   []string `json:"remove_tag"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := c.tieOf(in.UserID, in.External)
	if t == nil {
		return
	}
	if len(in.Add)+len(in.Remove) == 0 {
		c.deny(40063, "some parameters are empty", "neither add_tag nor remove_tag is given")
		return
	}
	for _, id := range slices.Concat(in.Add, in.Remove) {
		if _, tag := s.corpTag(c.corp.CorpID, id); tag == nil {
			c.fail(40068, "invalid tagid")
			return
		}
	}
	t.mark(in.Add, in.Remove)
	s.touchTie(t)
	s.tell(staffKey(t.CorpID, t.UserID), "contacts", struct{}{})
	c.ok(apiOK)
}

// mark puts tags on a customer and takes others off.
func (t *tie) mark(add, remove []string) {
	for _, id := range add {
		if !slices.Contains(t.Tags, id) {
			t.Tags = append(t.Tags, id)
		}
	}
	t.Tags = slices.DeleteFunc(t.Tags, func(id string) bool { return slices.Contains(remove, id) && !slices.Contains(add, id) })
}

// tagEvent tells of a change made in the console or a client. The caller holds mu.
func (s *Server) tagEvent(corp *company, change, id, kind string) {
	s.pushWork(corp, "", xmlField{"Event", "change_external_tag"}, xmlField{"Id", id}, xmlField{"TagType", kind}, xmlField{"ChangeType", change})
}
