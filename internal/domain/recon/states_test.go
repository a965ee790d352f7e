package recon

import (
	"testing"

	"github.com/shuke-commerce/shuke/internal/platform/states"
)

func TestTheTablesAreWhole(t *testing.T) {
	for name, table := range map[string][]states.Transition{"differences": States(), "runs": RunStates()} {
		if err := states.Check(table); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, k := range Kinds() {
		if remedies[k] == "" || (k.birth() == Noted) != (remedies[k] == Nothing) {
			t.Errorf("%s has no remedy", k)
		}
	}
	if len(Kinds()) != len(remedies) {
		t.Errorf("%d kinds, %d remedies", len(Kinds()), len(remedies))
	}
}
