package schema

// Kind says how a table is placed on a sharded cluster; on SQLite and on one
// PostgreSQL it changes nothing.
type Kind string

// The five kinds.
const (
	Shop      Kind = "shop"      // sharded by shop_id (shops by id), colocated
	Buyer     Kind = "buyer"     // sharded by buyer_id (buyers by id), colocated
	Claim     Kind = "claim"     // sharded by the globally unique text itself
	Reference Kind = "reference" // small, copied to all nodes
	Local     Kind = "local"     // on the coordinator only, never in a transaction with a shard
)

// Table is the placement of one table.
type Table struct {
	Kind Kind
	Key  string // the shard column; "" for reference and local tables
}

// Manifest places every table. A table that is missing here fails the tests.
var Manifest = map[string]Table{
	"schema_migrations": {Local, ""},
	"nodes":             {Local, ""},
	"leases":            {Local, ""},
	"jobs":              {Local, ""},
	"listings":          {Local, ""},
	"listing_terms":     {Local, ""},

	"settings":   {Reference, ""},
	"categories": {Reference, ""},

	"shops":             {Shop, "id"},
	"staff":             {Shop, "shop_id"},
	"outbox":            {Shop, "shop_id"},
	"shop_idempotency":  {Shop, "shop_id"},
	"products":          {Shop, "shop_id"},
	"skus":              {Shop, "shop_id"},
	"media":             {Shop, "shop_id"},
	"imports":           {Shop, "shop_id"},
	"import_problems":   {Shop, "shop_id"},
	"stocks":            {Shop, "shop_id"},
	"stock_movements":   {Shop, "shop_id"},
	"flash_sales":       {Shop, "shop_id"},
	"flash_claims":      {Shop, "shop_id"},
	"orders":            {Shop, "shop_id"},
	"order_lines":       {Shop, "shop_id"},
	"order_payments":    {Shop, "shop_id"},
	"aftersales":        {Shop, "shop_id"},
	"aftersale_lines":   {Shop, "shop_id"},
	"refunds":           {Shop, "shop_id"},
	"shipments":         {Shop, "shop_id"},
	"shipment_lines":    {Shop, "shop_id"},
	"shipment_tracks":   {Shop, "shop_id"},
	"ledger_transfers":  {Shop, "shop_id"},
	"ledger_seals":      {Shop, "shop_id"},
	"payees":            {Shop, "shop_id"},
	"payouts":           {Shop, "shop_id"},
	"deposits":          {Shop, "shop_id"},
	"deposit_moves":     {Shop, "shop_id"},
	"deposit_holds":     {Shop, "shop_id"},
	"visits":            {Shop, "shop_id"},
	"sales":             {Shop, "shop_id"},
	"recon_runs":        {Shop, "shop_id"},
	"recon_differences": {Shop, "shop_id"},

	"buyers":            {Buyer, "id"},
	"buyer_openids":     {Buyer, "buyer_id"},
	"addresses":         {Buyer, "buyer_id"},
	"consents":          {Buyer, "buyer_id"},
	"buyer_idempotency": {Buyer, "buyer_id"},
	"cart_lines":        {Buyer, "buyer_id"},
	"checkouts":         {Buyer, "buyer_id"},
	"buyer_orders":      {Buyer, "buyer_id"},
	"payments":          {Buyer, "buyer_id"},
	"messages":          {Buyer, "buyer_id"},

	"handles":          {Claim, "handle"},
	"staff_logins":     {Claim, "login"},
	"staff_sessions":   {Claim, "token_hash"},
	"buyer_identities": {Claim, "identity"},
	"notices":          {Claim, "id"},
}
