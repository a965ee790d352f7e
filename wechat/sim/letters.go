package sim

import (
	"encoding/json"
	"reflect"
	"time"
	"unique"
)

// letter is what was said once: by whom, when and what. The chats of all who got it point to the one letter.
// It is kept small: a text is its two strings, a card one packed string (see content).
type letter struct {
	Time     time.Time
	FromKind string // person, account, service, system, staff, …
	FromID   string
	Type     string // as in content
	Text     string // as in content

	packed string // JSON of the whole content; empty when Type and Text are all of it
	id     string // of a letter that several chats share; else empty
	refs   int    // messages that point here, counted for shared ones
}

// newLetter writes a letter for one reader.
func (s *Server) newLetter(fromKind, fromID string, body content) *letter {
	l := &letter{Time: s.Clock.Now(), FromKind: fromKind, FromID: fromID}
	l.write(body)
	return l
}

// sharedLetter writes a letter that drop may put into any number of chats; it is saved once. The caller holds mu.
func (s *Server) sharedLetter(fromKind, fromID string, body content) *letter {
	l := s.newLetter(fromKind, fromID, body)
	l.id = itoa(s.next())
	s.world.letters[l.id] = l
	s.touch("letter", l.id)
	return l
}

// rewrite replaces what a message says, for everyone who has it (a recalled message, an opened red packet).
// The caller holds mu and tells the phones.
func (s *Server) rewrite(c *chat, m *message, body content) {
	m.write(body)
	if m.id != "" {
		s.touch("letter", m.id)
		return
	}
	s.touch("msg", c.key()+"#"+itoa(m.Seq))
}

// release forgets one reader of a letter.
func (s *Server) release(l *letter) {
	if l.id == "" {
		return
	}
	if l.refs--; l.refs <= 0 {
		delete(s.world.letters, l.id)
		s.touch("letter", l.id)
	}
}

// write makes body what the letter says.
func (l *letter) write(body content) {
	l.Type, l.Text, l.packed = body.Type, body.Text, ""
	if body.plain() {
		return
	}
	if raw, err := encode(body); err == nil {
		l.packed = string(raw)
	}
}

// content is what the letter says, unpacked.
func (l *letter) content() content {
	c := content{Type: l.Type, Text: l.Text}
	if l.packed != "" {
		_ = json.Unmarshal([]byte(l.packed), &c) // packed here, by write
	}
	return c
}

// plain tells that type and text are all there is.
func (c content) plain() bool {
	c.Type, c.Text = "", ""
	return reflect.ValueOf(c).IsZero()
}

// savedLetter is a letter in the data file.
type savedLetter struct {
	Time     time.Time       `json:"time,omitzero"`
	FromKind string          `json:"fk,omitempty"`
	FromID   string          `json:"fi,omitempty"`
	Type     string          `json:"type,omitempty"`
	Text     string          `json:"text,omitempty"`
	Packed   json.RawMessage `json:"c,omitempty"`
}

func (l *letter) saved() savedLetter {
	return savedLetter{l.Time, l.FromKind, l.FromID, l.Type, l.Text, json.RawMessage(l.packed)}
}

func (l *letter) restore(in savedLetter) {
	l.Time, l.FromKind, l.FromID = in.Time.In(shanghai), same(in.FromKind), same(in.FromID)
	l.Type, l.Text, l.packed = same(in.Type), in.Text, string(in.Packed)
}

// MarshalJSON implements json.Marshaler.
func (l *letter) MarshalJSON() ([]byte, error) { return encode(l.saved()) }

// UnmarshalJSON implements json.Unmarshaler; it keeps id and refs.
func (l *letter) UnmarshalJSON(raw []byte) error {
	var in savedLetter
	if err := json.Unmarshal(raw, &in); err != nil {
		return err
	}
	l.restore(in)
	return nil
}

// same gives equal strings one place in memory.
func same(s string) string { return unique.Make(s).Value() }

// letterTable keeps shared letters. One that a message named before its own line was read is filled in place.
func (w *world) letterTable() table {
	t := mapTable("letter", w.letters)
	t.put = func(id string, raw []byte) error {
		if raw == nil {
			delete(w.letters, id)
			return nil
		}
		return json.Unmarshal(raw, w.letterAt(id))
	}
	return t
}

func (w *world) letterAt(id string) *letter {
	l := w.letters[id]
	if l == nil {
		l = &letter{id: id}
		w.letters[id] = l
	}
	return l
}

// linkLetters counts the readers of every shared letter after loading, and drops what a torn write left behind: messages
// without their letter and letters without readers.
func (w *world) linkLetters() {
	for _, c := range w.chats {
		kept := c.msgs[:0]
		for _, m := range c.msgs {
			if m.Type == "" {
				continue
			}
			m.refs++
			kept = append(kept, m)
		}
		clear(c.msgs[len(kept):])
		c.msgs = kept
	}
	for id, l := range w.letters {
		if l.refs == 0 {
			delete(w.letters, id)
		}
	}
}

// savedMessage is a message in the data file: its place, and its letter or the name of a shared one.
type savedMessage struct {
	Seq    int64  `json:"seq"`
	Letter string `json:"l,omitempty"`
	savedLetter
}

// MarshalJSON implements json.Marshaler.
func (m *message) MarshalJSON() ([]byte, error) {
	if m.id != "" {
		return encode(savedMessage{Seq: m.Seq, Letter: m.id})
	}
	return encode(savedMessage{Seq: m.Seq, savedLetter: m.saved()})
}

// readMessage is the other way round.
func (w *world) readMessage(raw []byte) (*message, error) {
	var in savedMessage
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, err
	}
	if in.Letter != "" {
		return &message{Seq: in.Seq, letter: w.letterAt(in.Letter)}, nil
	}
	l := &letter{}
	l.restore(in.savedLetter)
	return &message{Seq: in.Seq, letter: l}, nil
}
