package official_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/shuke-commerce/shuke/wechat/official"
)

// A service account welcomes new followers and starts web authorisation.
func Example() {
	client, err := official.New(official.Config{
		AppID: "wx0123456789abcdef", Secret: "…", Token: "servertoken",
		EncodingAESKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", Mode: official.ModeSafe,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	http.NewServeMux().Handle("/wechat", client.Handler(
		func(ctx context.Context, m official.Message) (official.Reply, error) {
			if m.Event == official.EventSubscribe {
				return official.TextReply{Content: "欢迎光临"}, nil
			}
			return nil, nil
		},
		func(r *http.Request, err error) { fmt.Println("refused:", err) },
	))
	link, err := client.AuthorizeURL("https://shop.example/back", official.ScopeBase, "cart")
	fmt.Println(link, err)
	fmt.Println(client.QRImageURL("gQH4/=="))
	// Output:
	// https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx0123456789abcdef&redirect_uri=https%3A%2F%2Fshop.example%2Fback&response_type=code&scope=snsapi_base&state=cart#wechat_redirect <nil>
	// https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQH4%2F%3D%3D
}
