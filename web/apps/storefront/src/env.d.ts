/// <reference types="vite/client" />

declare module 'vant/es/*/style/index' {}
