package sim

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// One who pays at once needs neither phone nor password; what cannot be paid stays open and says why.
func TestPaysAtOnce(t *testing.T) {
	g := newRig(t, &Server{})
	must(g.s.AddPerson(Person{ID: "eager", Name: "陈周到", Balance: 150, PaysAtOnce: true}))(t)
	g.prepay("order-0001", 100, "eager")
	if state := g.tradeState("order-0001"); state != tradeSuccess {
		t.Fatalf("the order is %s", state)
	}
	eventually(t, "the notice", func() bool { return g.noticeCount() == 1 })
	g.prepay("order-0002", 100, "eager") // 50 are left
	if state := g.tradeState("order-0002"); state != tradeNotPaid {
		t.Fatalf("without money the order is %s", state)
	}
	if found := g.logged("verdict=refused&kind=page&person=eager"); len(found) != 1 || !strings.Contains(found[0]["reason"].(string), "wallet") {
		t.Fatalf("the inspector says %v", found)
	}
	g.prepay("order-0003", 100, "lin")
	if state := g.tradeState("order-0003"); state != tradeNotPaid {
		t.Fatalf("for anybody else the order is %s", state)
	}
}

// A payment made at once is in the file before its notice is out, and its notice goes out after a crash in between.
func TestPaidAtOnceSurvives(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sim")
	g := newRig(t, &Server{DataFile: file})
	must(g.s.AddPerson(Person{ID: "eager", Name: "陈周到", Balance: 150, PaysAtOnce: true}))(t)
	g.notified = func(int) int {
		raw, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(raw), `"state":"SUCCESS"`) {
			return 500
		}
		return 200
	}
	g.prepay("order-0001", 100, "eager")
	eventually(t, "the notice", func() bool { return g.noticeCount() == 1 })
	eventually(t, "its end", func() bool { return g.noticeViews()[0].State == delivered })
}

// When the disk refuses to keep what was written, the whole world is written anew.
func TestFailedSyncWritesAnew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sim")
	s := &Server{DataFile: file}
	if err := s.init(); err != nil {
		t.Fatal(err)
	}
	must(s.AddPerson(Person{ID: "lin", Name: "林小满"}))(t)
	s.durable()
	j := s.journal
	j.mu.Lock()
	j.file.Close() // its sync will fail
	j.loose = true
	j.mu.Unlock()
	if err := j.sync(); err == nil {
		t.Fatal("a closed file was synced")
	}
	if err := os.Truncate(file, 0); err != nil { // what was not kept is lost
		t.Fatal(err)
	}
	s.durable()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := &Server{DataFile: file}
	if err := again.init(); err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if people := again.People(); len(people) != 1 || people[0].ID != "lin" {
		t.Fatalf("came back with %v", people)
	}
}
