package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// shown is everything a person sees, as one text.
func shown(t *rapid.T, s *Server, who string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.world.people[who]
	all := map[string][]any{}
	for _, c := range s.world.personChats[who] {
		for _, m := range c.msgs {
			all[c.ID] = append(all[c.ID], s.messageView(c, m))
		}
	}
	chats := map[string]any{}
	for _, c := range s.world.personChats[who] {
		chats[c.ID] = s.chatView(c)
	}
	raw, err := json.Marshal([]any{p, chats, all, s.world.personBills[who], s.world.fans["wx0001|"+who], s.world.jars[who]})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// Whatever people do, a world that is closed or cut off comes back as it was.
func TestAnyWorldComesBack(t *testing.T) {
	dir, round := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		file := filepath.Join(dir, fmt.Sprint(round))
		s := &Server{DataFile: file}
		if err := s.init(); err != nil {
			rt.Fatal(err)
		}
		must(s.AddAccount(Account{AppID: "wx0001", Name: "店"}))(t)
		for _, id := range []string{"a", "b"} {
			must(s.AddPerson(Person{ID: id, Name: id}))(t)
		}
		for range rapid.IntRange(0, 30).Draw(rt, "steps") {
			who := rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "who")
			switch rapid.IntRange(0, 7).Draw(rt, "step") {
			case 0:
				if _, err := s.TopUp(who, rapid.Int64Range(1, 1000).Draw(rt, "fen")); err != nil {
					rt.Fatal(err)
				}
			case 1:
				if err := s.Follow(who, "wx0001"); err != nil {
					rt.Fatal(err)
				}
			case 2:
				s.mu.Lock()
				s.deliver(who, "acc-wx0001", "account", "wx0001", content{Type: "text", Text: rapid.String().Draw(rt, "text")})
				s.mu.Unlock()
			case 3:
				s.durable()
			case 5:
				s.mu.Lock()
				l := s.sharedLetter("person", who, content{Type: "link", Title: rapid.String().Draw(rt, "title"), URL: "http://x/"})
				for _, to := range []string{"a", "b"} {
					s.drop(to, "per-"+who, l)
				}
				s.mu.Unlock()
			case 6:
				s.mu.Lock()
				for _, c := range s.world.personChats[who] {
					if n := len(c.msgs); n > 0 {
						s.rewrite(c, c.msgs[n-1], content{Type: "system", Text: rapid.String().Draw(rt, "new text")})
					}
				}
				s.mu.Unlock()
			case 7: // the file is written anew beside what follows
				s.journal.mu.Lock()
				s.journal.grown = 1 << 40
				s.journal.mu.Unlock()
			case 4:
				s.Clock.Advance(time.Duration(rapid.IntRange(1, 1000).Draw(rt, "seconds")) * time.Second)
			}
		}
		before := shown(rt, s, "a") + shown(rt, s, "b")
		if rapid.Bool().Draw(rt, "closed") {
			if err := s.Close(); err != nil {
				rt.Fatal(err)
			}
		} else {
			s.durable()
			s.stop()
			s.journal.lock.Close() // as the system does for a dead process
		}
		again := &Server{DataFile: file}
		if err := again.init(); err != nil {
			rt.Fatal(err)
		}
		defer again.Close()
		if after := shown(rt, again, "a") + shown(rt, again, "b"); after != before {
			rt.Fatalf("came back as\n%s\nwas\n%s", after, before)
		}
	})
}

// Rival payments from one wallet, with the file behind: never more than it held, and the file agrees.
func TestRivalPaymentsAreDurable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sim")
	g := newRig(t, &Server{DataFile: file})
	var prepays []string
	for i := range 12 {
		prepays = append(prepays, g.prepay(fmt.Sprintf("order-%04d", i), 100, "zhou")) // 500 in the wallet
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	paid := 0
	for _, id := range prepays {
		for range 2 { // each is tried twice at once
			all.Go(func() {
				if _, err := g.s.Pay("zhou", id, "123456"); err == nil {
					mu.Lock()
					paid++
					mu.Unlock()
				}
			})
		}
	}
	all.Wait()
	if paid != 5 {
		t.Fatalf("%d payments of 100 from a wallet of 500", paid)
	}
	if err := g.s.Close(); err != nil {
		t.Fatal(err)
	}
	s := start(t, &Server{DataFile: file})
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.world.people["zhou"]; p.Balance != 0 || len(s.world.personBills["zhou"]) != 5 || len(s.world.paid) != 5 {
		t.Fatalf("the file says %d fen, %d bills, %d paid orders", p.Balance, len(s.world.personBills["zhou"]), len(s.world.paid))
	}
}

// Two processes on one file would write over each other's world.
func TestOneProcessPerFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sim")
	first := &Server{DataFile: file}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	must(first.AddPerson(Person{ID: "lin", Name: "林小满"}))(t)
	if err := (&Server{DataFile: file}).Start(); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Fatalf("a second one on the file: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again := start(t, &Server{DataFile: file})
	if again.world.people["lin"] == nil {
		t.Fatal("the world of the first is gone")
	}
}

// While the file is written anew, calls go on and nothing of theirs is lost.
func TestFileIsRenewedBesideTheWork(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sim")
	s := start(t, &Server{DataFile: file})
	must(s.Seed(SeedOptions{People: 300, Messages: 3000}))(t)
	for round := range 5 {
		s.journal.mu.Lock()
		s.journal.grown = 1 << 40
		before := s.journal.epoch
		s.journal.mu.Unlock()
		for i := range 200 {
			must(s.TopUp(seedPerson(i), int64(round+1)))(t)
			if i%20 == 0 {
				s.durable()
			}
		}
		eventually(t, "a new file", func() bool { s.journal.mu.Lock(); defer s.journal.mu.Unlock(); return s.journal.epoch > before })
	}
	s.durable()
	s.stop()
	s.journal.lock.Close() // as the system does for a dead process
	again := start(t, &Server{DataFile: file})
	for i := range 200 {
		if p := again.world.people[seedPerson(i)]; p.Balance != seedBalance+15 || len(again.world.personBills[p.ID]) != 5 {
			t.Fatalf("%s has %d fen and %d bills", p.ID, p.Balance, len(again.world.personBills[p.ID]))
		}
	}
	if n := len(again.world.personChats[seedPerson(0)]); n < 2 {
		t.Fatalf("%d chats", n)
	}
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"k":"person","id":"a","v":{}}`))
	f.Add([]byte(`{"k":"person","id":"a\\"b"}`))
	f.Add([]byte(`{"k":"msg","id":"a|b#1","v":{"seq":1}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var want record
		if json.Unmarshal(line, &want) != nil || len(want.V) > 0 && want.V[0] == 'n' {
			return
		}
		got, err := readRecord(line)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if bytes.HasPrefix(line, []byte(`{"k":"`)) && !bytes.ContainsAny(line, " \t\r\n") && bytes.Count(line, []byte(`"k"`)) == 1 && got.Kind != want.Kind {
			t.Fatalf("%q is %q, want %q", line, got.Kind, want.Kind)
		}
	})
}
