// Package official is a client for a WeChat official account (公众号, 服务号).
//
// It covers what a shop needs: the stable access token, web authorisation
// (OAuth2), the JS-SDK signature, the menu, parametric QR codes, subscribers,
// customer-service and template messages, temporary media, and the messages and
// events that WeChat pushes to the account's server, in plain, compatible and
// safe mode.
//
//	client, err := official.New(official.Config{
//		AppID:          "wx0123456789abcdef",
//		Secret:         secret,
//		Token:          "servertoken",
//		EncodingAESKey: key, // 43 characters
//		Mode:           official.ModeSafe,
//	})
//
//	// What WeChat sends to us:
//	http.Handle("/wechat", client.Handler(func(ctx context.Context, m official.Message) (official.Reply, error) {
//		if m.Event == official.EventSubscribe {
//			return official.TextReply{Content: "欢迎光临"}, nil
//		}
//		return nil, nil // answers "success"
//	}, nil))
//
//	// What we ask of WeChat:
//	err = client.SendCustom(ctx, openID, official.TextMessage{Content: "已发货"}, "")
//
// # Hosts, clocks and randomness
//
// Everything comes in through [Config]; nothing is global, so any number of
// accounts and of hosts (a proxy, a simulator) live in one process. New makes no
// network call: the first call that needs a token fetches it.
//
// # Tokens
//
// The token comes from /cgi-bin/stable_token. However many goroutines need it,
// one request is made; it is renewed in the last five minutes of its life, when
// WeChat keeps the old and the new one valid; and a call that WeChat answers with
// 40001, 40014 or 42001 is repeated once with a fresh token. Several processes
// may share it through a [TokenStore].
//
// # Errors
//
// WeChat's own refusals are *[APIError]; see [IsBusy], [IsRateLimited],
// [IsUnreachable] and their like. Refusals of a push are *[CryptoError] with the
// codes of WeChat's own libraries (-40001 …). No error text holds the secret or a
// token.
//
// # Duplicates
//
// WeChat repeats a push that it thinks unanswered. [Message.DedupeKey] is the
// same for every repetition; storing it once is the caller's part.
package official
