package sim

import (
	"path/filepath"
	"strings"
	"testing"
)

// What a group is told is kept once, in memory and in the file, until the last member has forgotten it.
func TestALetterIsSharedByItsReaders(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sim")
	s := start(t, &Server{DataFile: file})
	members := []string{"a", "b", "c"}
	for _, id := range members {
		must(s.AddPerson(Person{ID: id, Name: id}))(t)
	}
	s.mu.Lock()
	l := s.sharedLetter("person", "a", content{Type: "link", Title: strings.Repeat("春茶", 50), URL: "http://127.0.0.1/tea"})
	for _, id := range members {
		s.drop(id, "grp-1", l)
	}
	s.mu.Unlock()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = start(t, &Server{DataFile: file})
	s.mu.Lock()
	defer s.mu.Unlock()
	var first *letter
	for i, id := range members {
		c := s.world.chats[id+"|grp-1"]
		if c == nil || len(c.msgs) != 1 {
			t.Fatalf("%s has %+v", id, c)
		}
		m := c.msgs[0]
		if got := m.content(); got.Title != strings.Repeat("春茶", 50) || got.URL != "http://127.0.0.1/tea" || m.FromID != "a" || m.Time.IsZero() {
			t.Fatalf("%s reads %+v", id, got)
		}
		if first == nil {
			first = m.letter
		}
		if m.letter != first || first.refs != 3 {
			t.Fatalf("%s has a copy (%d readers counted)", id, first.refs)
		}
		if wantUnread := min(i, 1); c.Unread != wantUnread {
			t.Errorf("%s has %d unread, want %d", id, c.Unread, wantUnread)
		}
	}
	s.rewrite(s.world.chats["b|grp-1"], s.world.chats["b|grp-1"].msgs[0], content{Type: "system", Text: "a 撤回了一条消息"})
	if got := s.world.chats["c|grp-1"].msgs[0].content(); got.Type != "system" || got.Title != "" {
		t.Errorf("c still reads %+v", got)
	}
	for _, id := range members {
		s.release(s.world.chats[id+"|grp-1"].msgs[0].letter)
	}
	if len(s.world.letters) != 0 {
		t.Error("a letter nobody has is kept")
	}
}

// A line that was written before the process died may name a letter that was not.
func TestATornLetterIsLeftOut(t *testing.T) {
	w := &world{}
	w.make()
	put := func(kind, id, raw string) {
		t.Helper()
		for _, table := range w.tables() {
			if table.kind == kind {
				if err := table.put(id, []byte(raw)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	put("chat", "a|grp-1", `{"person":"a","id":"grp-1","seq":2}`)
	put("msg", "a|grp-1#1", `{"seq":1,"l":"7"}`)
	put("msg", "a|grp-1#2", `{"seq":2,"l":"8"}`)
	put("letter", "8", `{"time":"2026-01-02T03:04:05+08:00","fk":"person","fi":"b","type":"text","text":"你好"}`)
	put("letter", "9", `{"time":"2026-01-02T03:04:05+08:00","fk":"person","fi":"b","type":"text","text":"没人读"}`)
	if err := w.link(); err != nil {
		t.Fatal(err)
	}
	if msgs := w.chats["a|grp-1"].msgs; len(msgs) != 1 || msgs[0].Text != "你好" || len(w.letters) != 1 {
		t.Fatalf("%d messages, %d letters", len(msgs), len(w.letters))
	}
}

func TestTextsStaySmall(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	if l := s.newLetter("person", "a", content{Type: "text", Text: "你好"}); l.packed != "" || l.content().Text != "你好" {
		t.Errorf("a text is packed as %s", l.packed)
	}
	if l := s.newLetter("person", "a", content{Type: "pay", Amount: 1}); l.packed == "" || l.content().Amount != 1 {
		t.Errorf("a card says %+v", l.content())
	}
}
