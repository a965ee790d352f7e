package feed

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
)

func TestMagentoFixture(t *testing.T) {
	items := read(t, "category,name,sku,price,qty,description,material,activity,new,special_price,attribute_set\n"+
		"\"Gear\nBags\nCollections\nErin Recommends\",包,24-X,34,100,<p>x</p>,\"\nNylon\nPolyester\nNylon\",Gym,1,30.5,Bag\n"+
		",无类目,24-Y,5,,,,,,,Bag\n", Options{})
	if len(items) != 2 || len(items[0].problems)+len(items[1].problems) > 0 {
		t.Fatalf("%+v", items)
	}
	p := items[0]
	if p.Ref != "24-X" || fmt.Sprint(p.Categories) != "[[Gear Bags] [Collections Erin Recommends]]" || fmt.Sprint(p.Attributes) != "[{material [Nylon Polyester]} {activity [Gym]}]" {
		t.Errorf("%+v", p)
	}
	if s := p.SKUs[0]; s.Price != 3050 || s.ComparePrice != 3400 || *s.Stock != 100 || items[1].Row != 9 {
		t.Errorf("%+v, next row %d", s, items[1].Row)
	}
}

func TestMagentoExport(t *testing.T) {
	head := "sku,store_view_code,attribute_set_code,product_type,categories,name,weight,product_online,visibility,price,qty,base_image,additional_images\n"
	items := read(t, head+"a,,Bag,simple,\"Default Category/Gear,Default Category/Gear/Bags\",A,0.5,2,\"Catalog, Search\",5.0000,3.0000,/a.jpg,\"/a.jpg,/b.jpg\"\n", Options{})
	wantProblems(t, items)
	if p := items[0]; fmt.Sprint(p.Categories) != "[[Gear Bags]]" || p.State != Unlisted || len(p.Pictures) != 2 || p.SKUs[0].WeightGrams != 500 || p.SKUs[0].Price != 500 {
		t.Errorf("%+v", p)
	}
	for _, bad := range []string{"a,,Bag,configurable,,A,,1,,5,1,,\n", "a,de,Bag,simple,,A,,1,,5,1,,\n", "a,,Bag,simple,,A,,1,Not Visible Individually,5,1,,\n"} {
		wantProblems(t, read(t, head+bad, Options{}), "magento_type@2:4")
	}
}

const medusaHead = "Product Id,Product Handle,Product Title,Product Status,Product Description,Product Thumbnail,Product Category 1,Product Image 1,Product Tag 1,Product Weight,Variant Id,Variant Sku,Variant Upc,Variant Ean,Variant Option 1 Name,Variant Option 1 Value,Variant Price CNY,Variant Price USD,Variant Weight\n"

func TestMedusa(t *testing.T) {
	text := medusaHead + "prod_1,tee,T 恤,published,\"a\nb\",t.png,pcat_9,https://p.cn/1.png,夏,300,variant_1,T-S,,6901028075831,尺码,S,59,9.99,\n" +
		"prod_1,tee,T 恤,published,\"a\nb\",t.png,pcat_9,https://p.cn/1.png,夏,300,variant_2,T-M,036000291452,,尺码,M,60,10,250\n"
	items := read(t, text, Options{})
	wantProblems(t, items)
	p := items[0]
	if p.Ref != "tee" || p.State != Listed || p.Description != "a\nb" || len(p.Categories) != 0 || len(p.Pictures) != 2 || fmt.Sprint(p.Options) != "[{尺码 [S M]}]" {
		t.Errorf("%+v", p)
	}
	if a, b := p.SKUs[0], p.SKUs[1]; a.Price != 5900 || a.GTIN != "6901028075831" || a.WeightGrams != 300 || a.Stock != nil || b.GTIN != "036000291452" || b.WeightGrams != 250 {
		t.Errorf("%+v %+v", a, b)
	}
	items = read(t, text, Options{Currency: "USD", Rate: big.NewRat(712, 100)})
	if a, b := items[0].SKUs[0].Price, items[0].SKUs[1].Price; a != 7113 || b != 7120 {
		t.Errorf("converted: %d %d", a, b)
	}
	items = read(t, medusaHead+",x,X,published,,,,,,,,,,,Default option,Default option value,1,,\n,x,Y,odd,,,,,,,,,,,Other,v,1,,\n,,Z,draft,,,,,,,,,,,,,1,,\n", Options{})
	if len(items) != 2 || !slices.Equal(codes(items[0].problems), []string{"title_differs@3:3", "option_names_differ@3:15"}) || !slices.Equal(codes(items[1].problems), []string{"ref_missing@4:0"}) {
		t.Errorf("%v", items)
	}
}

func TestForeignPrices(t *testing.T) {
	items := read(t, "Handle,Title,Variant Price,Cost per item\na,A,19.99,0.005\n", Options{Currency: "USD", Rate: big.NewRat(7, 1)})
	if s := items[0].SKUs[0]; s.Price != 13993 || s.Cost != 4 {
		t.Errorf("%+v", s)
	}
	for _, o := range []Options{{Currency: "USD"}, {Rate: big.NewRat(7, 1)}, {Currency: "USD", Rate: big.NewRat(-1, 1)}, {Currency: "USD", Rate: new(big.Rat).SetFrac(new(big.Int).Lsh(big.NewInt(1), 70), big.NewInt(3))}} {
		if _, err := Open(strings.NewReader("Handle,Title,Variant Price\n"), o); err == nil || !strings.Contains(err.Error(), "Rate") {
			t.Errorf("%+v: %v", o, err)
		}
	}
	// Our own file and 淘宝助理's are in yuan whatever the options say.
	own := read(t, "product_ref,title,sku_code,price_yuan\na,A,,19.99\n", Options{Currency: "USD", Rate: big.NewRat(7, 1)})
	if own[0].SKUs[0].Price != 1999 {
		t.Errorf("%+v", own[0].SKUs[0])
	}
}

func TestOpenPicturesRows(t *testing.T) {
	p, err := OpenPictures(strings.NewReader("sku,image\nA,/a.jpg\n,/b.jpg\nB,ftp://x/y.jpg\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for {
		r, problems, err := p.Next()
		if err != nil {
			break
		}
		got = append(got, fmt.Sprint(r.Row, r.SKUCode, r.Picture.LocalName, codes(problems)))
	}
	if want := []string{"2A/a.jpg[]", "3/b.jpg[picture_row@3:1]", "4B[picture_address@4:2]"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if _, err := OpenPictures(strings.NewReader("Handle,Title,Variant Price\n"), Options{}); !errors.As(err, new(*FileError)) {
		t.Errorf("a product file: %v", err)
	}
}
