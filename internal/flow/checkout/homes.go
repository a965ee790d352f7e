package checkout

import (
	"github.com/shuke-commerce/shuke/internal/domain/buyer"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// homeKey names an address of a buyer.
type homeKey struct{ buyer, address id.ID }

// keptHomes is how many addresses are remembered.
const keptHomes = 50_000

func newKeptHomes() *db.Kept[homeKey, Address] {
	return &db.Kept[homeKey, Address]{Tables: []string{"addresses"}, Max: keptHomes, Load: readHomes}
}

// readHomes reads addresses of several buyers.
func readHomes(tx *db.Tx, keys []homeKey) (map[homeKey]Address, error) {
	out := make(map[homeKey]Address, len(keys))
	questions := make([]db.Query, len(keys))
	for i, k := range keys {
		questions[i] = buyer.AskAddress(k.buyer, k.address, func(a buyer.Address) {
			out[k] = Address{Receiver: a.Name, Phone: a.Phone, Province: a.Province, City: a.City, District: a.District, Detail: a.Detail, RegionCode: a.RegionCode}
		})
	}
	return out, tx.EachOf(questions)
}

// home is the key of the address that was chosen.
func (r *request) home() homeKey { return homeKey{r.Buyer, r.AddressID} }

// goesTo tells where the goods of a caller go.
func (r *request) goesTo(homes map[homeKey]Address) (Address, error) {
	if r.AddressID == 0 {
		return r.Address, nil
	}
	a, ok := homes[r.home()]
	if !ok {
		return a, buyer.ErrAddressNotFound
	}
	return a, a.check()
}
