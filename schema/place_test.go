package schema_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/shuke-commerce/shuke/schema"
)

func TestPlaceInOrder(t *testing.T) {
	manifest := map[string]schema.Table{
		"shops": {Kind: schema.Shop, Key: "id"}, "alines": {Kind: schema.Shop, Key: "shop_id"}, "orders": {Kind: schema.Shop, Key: "shop_id"},
		"buyers": {Kind: schema.Buyer, Key: "id"}, "carts": {Kind: schema.Buyer, Key: "buyer_id"}, "handles": {Kind: schema.Claim, Key: "handle"},
		"jobs": {Kind: schema.Local}, "taxes": {Kind: schema.Reference}, "areas": {Kind: schema.Reference}, "later": {Kind: schema.Shop, Key: "shop_id"},
	}
	found := map[string]schema.Found{
		"shops": {}, "orders": {Parents: []string{"shops", "taxes"}}, "alines": {Parents: []string{"orders"}}, "buyers": {}, "carts": {}, "handles": {},
		"jobs": {}, "taxes": {}, "areas": {Parents: []string{"taxes"}}, "not_ours": {},
	}
	got, err := schema.Place(manifest, found)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`SELECT create_reference_table('taxes')`,
		`SELECT create_reference_table('areas')`,
		`SELECT create_distributed_table('buyers', 'id', colocate_with => 'none')`,
		`SELECT create_distributed_table('shops', 'id', colocate_with => 'none')`,
		`SELECT create_distributed_table('orders', 'shop_id', colocate_with => 'shops')`,
		`SELECT create_distributed_table('alines', 'shop_id', colocate_with => 'shops')`,
		`SELECT create_distributed_table('carts', 'buyer_id', colocate_with => 'buyers')`,
		`SELECT create_distributed_table('handles', 'handle', colocate_with => 'none')`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	// What is placed is passed over, what came since is added, and again is nothing.
	for name, f := range found {
		f.Placed = true
		found[name] = f
	}
	found["later"] = schema.Found{}
	if got, err = schema.Place(manifest, found); err != nil || len(got) != 1 || !strings.Contains(got[0], "'later'") {
		t.Errorf("a new table: %v %v", got, err)
	}
	found["later"] = schema.Found{Placed: true}
	if got, err = schema.Place(manifest, found); err != nil || len(got) != 0 {
		t.Errorf("again: %v %v", got, err)
	}
	// A migration may make a table before the root of its kind.
	early := map[string]schema.Found{"orders": {}, "alines": {}}
	if got, err = schema.Place(manifest, early); err != nil || !slices.Equal(got, []string{
		`SELECT create_distributed_table('alines', 'shop_id', colocate_with => 'none')`,
		`SELECT create_distributed_table('orders', 'shop_id', colocate_with => 'alines')`}) {
		t.Errorf("before the root: %q %v", got, err)
	}
	early = map[string]schema.Found{"shops": {}, "alines": {Placed: true}}
	if got, err = schema.Place(manifest, early); err != nil || !slices.Equal(got, []string{`SELECT create_distributed_table('shops', 'id', colocate_with => 'alines')`}) {
		t.Errorf("the root comes later: %q %v", got, err)
	}
	found["orders"] = schema.Found{Parents: []string{"alines"}}
	if _, err = schema.Place(manifest, found); err == nil {
		t.Error("a ring of foreign keys was placed")
	}
}

// TestEveryKindHasItsRoot holds that what the tables are kept with exists.
func TestEveryKindHasItsRoot(t *testing.T) {
	found := map[string]schema.Found{}
	sharded := 0
	for name, p := range schema.Manifest {
		found[name] = schema.Found{}
		if p.Kind != schema.Local {
			sharded++
		}
	}
	steps, err := schema.Place(schema.Manifest, found)
	if err != nil || len(steps) != sharded {
		t.Fatalf("%d steps for %d tables: %v", len(steps), sharded, err)
	}
	for kind, root := range map[schema.Kind]string{schema.Shop: "shops", schema.Buyer: "buyers"} {
		if p := schema.Manifest[root]; p.Kind != kind || p.Key != "id" {
			t.Errorf("%s is %v", root, p)
		}
	}
}
